// The compiler's own standard output: a pipe that never delivers data, and that the compiler could write to.
#include "/dev/stdout"

int main(void) {}
