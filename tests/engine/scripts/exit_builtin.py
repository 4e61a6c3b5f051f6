import sys

print('before')
exit(4)
print('never')
