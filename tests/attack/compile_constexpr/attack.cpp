#include <utility>

// Two new types a level: 2^40 of them.
template <int Level, class T>
struct Bomb : Bomb<Level - 1, std::pair<T, int>>, Bomb<Level - 1, std::pair<T, long>> {};
template <class T>
struct Bomb<0, T> {};

int main() { return sizeof(Bomb<40, int>); }
