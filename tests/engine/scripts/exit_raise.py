import sys

print('before')
raise SystemExit
print('never')
