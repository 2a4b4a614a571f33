#include "/dev/full"

int main(void) {}
