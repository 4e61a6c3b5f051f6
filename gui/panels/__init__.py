"""What a person operates: the gallery, the parameters and the transport bar."""
