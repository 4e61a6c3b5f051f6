import threading
threading.Thread(target=print, args=("before",)).start()
import with_syntax_error
