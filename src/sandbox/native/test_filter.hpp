#pragma once
// TestFilter: interprets a compiled filter step by step, to find what it does with a system call.
// It is independent of our compiler and of the kernel.

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <set>
#include <span>
#include <stdexcept>

namespace evalx::sandbox::native {

struct Call {
  std::uint32_t number = 0;
  std::array<std::uint64_t, 6> arguments{};
  std::uint32_t architecture = AUDIT_ARCH_X86_64;
};

struct Answer {
  std::uint32_t action = 0;  ///< SECCOMP_RET_*, with the errno.
  unsigned steps = 0;
  bool reads_arguments = false;
  std::set<std::uint32_t> masks;   ///< Applied to the lower halves of arguments on the way,
  std::set<std::uint32_t> values;  ///< and compared with them.
};

/// Supports the instructions of classic BPF that our seccomp programs use.
inline Answer answer_to(std::span<const sock_filter> program, const Call& call) {
  seccomp_data data{};
  data.nr = static_cast<int>(call.number);
  data.arch = call.architecture;
  std::memcpy(data.args, call.arguments.data(), sizeof data.args);
  Answer answer;
  std::uint32_t accumulator = 0;
  bool is_lower_half = false;
  for (std::size_t at = 0; at < program.size(); ++at) {
    const sock_filter& step = program[at];
    ++answer.steps;
    const bool compares = BPF_CLASS(step.code) == BPF_JMP && step.code != (BPF_JMP | BPF_JA);
    if (compares && is_lower_half) answer.values.insert(step.k);
    const auto jump = [&](bool taken) { at += taken ? step.jt : step.jf; };
    switch (step.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        if (step.k > sizeof data - sizeof accumulator) throw std::out_of_range("load");
        std::memcpy(&accumulator, reinterpret_cast<const char*>(&data) + step.k,  // NOLINT: bytes
                    sizeof accumulator);
        if (step.k >= offsetof(seccomp_data, args)) answer.reads_arguments = true;
        is_lower_half = answer.reads_arguments && step.k % sizeof(std::uint64_t) == 0;
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        accumulator &= step.k;
        if (is_lower_half) answer.masks.insert(step.k);
        break;
      case BPF_JMP | BPF_JA:
        at += step.k;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        jump(accumulator == step.k);
        break;
      case BPF_JMP | BPF_JGT | BPF_K:
        jump(accumulator > step.k);
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        jump(accumulator >= step.k);
        break;
      case BPF_JMP | BPF_JSET | BPF_K:
        jump((accumulator & step.k) != 0);
        break;
      case BPF_RET | BPF_K:
        answer.action = step.k;
        return answer;
      default:
        throw std::invalid_argument("an instruction that our seccomp programs do not use");
    }
  }
  throw std::out_of_range("no return");
}

}  // namespace evalx::sandbox::native
