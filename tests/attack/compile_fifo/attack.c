// A pipe from which nothing ever comes, and into which the compiler itself could write: its own standard output.
#include "/dev/stdout"

int main(void) {}
