mine = 'the script has its own'
