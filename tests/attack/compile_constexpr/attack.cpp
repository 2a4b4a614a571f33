template <int A, int B>
struct Bomb {
  static constexpr long value = Bomb<A - 1, B>::value + Bomb<A, B - 1>::value + Bomb<A - 1, B - 1>::value;
};
template <int A>
struct Bomb<A, 0> {
  static constexpr long value = A;
};
template <int B>
struct Bomb<0, B> {
  static constexpr long value = B;
};

int main() { return static_cast<int>(Bomb<800, 800>::value); }
