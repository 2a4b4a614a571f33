#include "kernel/seccomp.hpp"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <memory>

#include "kernel/file.hpp"
#include "kernel/memory_file.hpp"
#include "kernel/raw_syscall.hpp"

namespace evalx::kernel {
namespace {

using Context = std::unique_ptr<void, decltype(&seccomp_release)>;

constexpr unsigned kKeyArgument = 5;
/// A mark that with_key() replaces by the supervisor's key. No rule may compare an argument with
/// one of its halves.
constexpr std::uint32_t kMarkHigh = 0x9E37'79B9;
constexpr std::uint32_t kMarkLow = 0x7F4A'7C15;
constexpr std::uint64_t kMark = std::uint64_t{kMarkHigh} << 32U | kMarkLow;

std::uint32_t action_of(const SyscallRule& rule) {
  switch (rule.action) {
    case SyscallRule::Action::Allow:
      return SCMP_ACT_ALLOW;
    case SyscallRule::Action::Errno:
      return SCMP_ACT_ERRNO(static_cast<unsigned>(rule.error));
    case SyscallRule::Action::Trap:
      return SCMP_ACT_NOTIFY;
  }
  return SCMP_ACT_KILL_PROCESS;
}

int add_rule(scmp_filter_ctx context, const SyscallRule& rule) {
  const int number = seccomp_syscall_resolve_name(rule.call.c_str());
  if (number == __NR_SCMP_ERROR) return 0;
  std::vector<scmp_arg_cmp> comparisons;
  for (const auto& [argument, mask, value] : rule.conditions) {
    if (value == kMarkHigh || value == kMarkLow) return -EINVAL;
    comparisons.push_back({argument, SCMP_CMP_MASKED_EQ, mask, value});
  }
  if (rule.keyed) comparisons.push_back({kKeyArgument, SCMP_CMP_EQ, kMark, 0});
  return seccomp_rule_add_array(context, action_of(rule), number,
                                static_cast<unsigned>(comparisons.size()), comparisons.data());
}

/// libseccomp can write a finished program only to a descriptor.
Result<std::vector<sock_filter>> export_program(scmp_filter_ctx context) {
  EVALX_TRY(const Fd file, make_memory_file("filter"));
  if (const int error = seccomp_export_bpf(context, file.get()); error < 0)
    return fail(code_of(error), "seccomp_export_bpf");
  const off_t size = ::lseek(file.get(), 0, SEEK_END);
  std::vector<sock_filter> program(static_cast<std::size_t>(size) / sizeof(sock_filter));
  EVALX_TRY_VOID(read_at(file.get(), 0, std::as_writable_bytes(std::span{program})));
  return program;
}

}  // namespace

std::vector<sock_filter> Filter::with_key(std::uint64_t key) const {
  std::vector<sock_filter> program = program_;
  for (sock_filter& step : program) {
    if (step.code != (BPF_JMP | BPF_JEQ | BPF_K)) continue;
    if (step.k == kMarkHigh) {
      step.k = static_cast<std::uint32_t>(key >> 32U);
    } else if (step.k == kMarkLow) {
      step.k = static_cast<std::uint32_t>(key);
    }
  }
  return program;
}

Result<Filter> compile_filter(const std::vector<SyscallRule>& rules) {
  const Context context{seccomp_init(SCMP_ACT_ERRNO(ENOSYS)), &seccomp_release};
  if (!context) return fail(std::make_error_code(std::errc::not_enough_memory), "seccomp_init");
  if (const int error = seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_NOTIFY);
      error < 0)
    return fail(code_of(error), "seccomp_attr_set badarch");
  // 2: a binary tree of the call numbers. The default is a list, which is searched at each call.
  if (const int error = seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2); error < 0)
    return fail(code_of(error), "seccomp_attr_set optimize");
  for (const SyscallRule& rule : rules) {
    if (const int error = add_rule(context.get(), rule); error < 0)
      return fail(code_of(error), "seccomp rule", rule.call);
  }
  EVALX_TRY(std::vector<sock_filter> program, export_program(context.get()));
  return Filter{std::move(program)};
}

Result<Fd> install_filter(const std::vector<sock_filter>& program) {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return fail(last_error(), "no_new_privs");
  const sock_fprog header{static_cast<unsigned short>(program.size()),
                          const_cast<sock_filter*>(program.data())};  // NOLINT: C interface
  const long listener =
      raw_syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &header);
  if (listener < 0) return fail(code_of(static_cast<int>(listener)), "seccomp");
  ::fcntl(static_cast<int>(listener), F_SETFD, FD_CLOEXEC);
  return Fd{static_cast<int>(listener)};
}

}  // namespace evalx::kernel
