cd /proc/self/fd && for fd in *; do [ -e "/proc/$$/fd/$fd" ] && [ "$fd" -lt 200 ] && echo "$fd"; done; :
