#include <utility>

// Two new types per level: 2^40 in total.
template <int Level, class T>
struct Bomb : Bomb<Level - 1, std::pair<T, int>>, Bomb<Level - 1, std::pair<T, long>> {};
template <class T>
struct Bomb<0, T> {};

int main() { return sizeof(Bomb<40, int>); }
