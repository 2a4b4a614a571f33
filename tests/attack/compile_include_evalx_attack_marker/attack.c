#include "/etc/evalx-attack-marker"

int main(void) {}
