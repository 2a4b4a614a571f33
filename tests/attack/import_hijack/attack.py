import json

print(42)
