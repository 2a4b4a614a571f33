/* The least program with a static glibc: what a compiled submission costs at the least. */
int main(void) { return 0; }
