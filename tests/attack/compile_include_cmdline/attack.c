#include "/proc/1/cmdline"

int main(void) {}
