value = 'inner'
