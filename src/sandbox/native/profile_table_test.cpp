// Compares the result of every system call in each profile with the tables in seccomp/table/.
// EVALX_WRITE_TABLES=1 rewrites the tables: check the difference before you commit it.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>

#include "kernel/file.hpp"
#include "sandbox/native/policy.hpp"
#include "sandbox/native/test_filter.hpp"

namespace evalx::sandbox::native {
namespace {

constexpr std::uint32_t kLastNumber = 1000;
constexpr std::uint32_t kX32 = 0x4000'0000;
constexpr std::uint64_t kKey = 0xD1B5'4A32'D192'ED03;
constexpr std::size_t kKeyArgument = 5;
constexpr std::uint32_t kUnnamed = 0xABCD'EF01;  ///< No rule compares with it.
constexpr std::uint64_t kHighBits = 0xFFFF'FFFF'0000'0000;

using Program = std::vector<sock_filter>;

std::vector<Program> programs() {
  const auto filters = compile_profiles();
  EXPECT_TRUE(filters) << filters.error().what;
  std::vector<Program> list;
  if (!filters) return list;
  for (const kernel::Filter& filter : *filters) list.push_back(filter.with_key(kKey));
  return list;
}

Call with_argument(std::uint32_t number, std::size_t argument, std::uint64_t value) {
  Call call;
  call.number = number;
  call.arguments.at(argument) = value;
  return call;
}

std::string word(std::uint32_t action) {
  if (action == SECCOMP_RET_ALLOW) return "allow";
  if (action == SECCOMP_RET_USER_NOTIF) return "trap";
  if (action == (SECCOMP_RET_ERRNO | ENOSYS)) return "ENOSYS";
  if (action == (SECCOMP_RET_ERRNO | EPERM)) return "EPERM";
  if (action == (SECCOMP_RET_ERRNO | EAFNOSUPPORT)) return "EAFNOSUPPORT";
  return "action " + std::to_string(action);
}

/// The values to try for an argument of a call: all that the program compares it with, and every
/// single bit.
std::set<std::uint32_t> relevant_values(const Program& program, std::uint32_t number,
                                        std::size_t argument) {
  std::set<std::uint32_t> values{0, 0xFFFF'FFFF};
  for (std::uint32_t bit = 1; bit != 0; bit <<= 1U) values.insert(bit);
  std::set<std::uint32_t> tried;
  while (tried.size() < values.size()) {
    for (const std::uint32_t value : std::set{values}) {
      if (!tried.insert(value).second) continue;
      const Answer answer = answer_to(program, with_argument(number, argument, value));
      for (const std::uint32_t found : answer.values) values.insert(found);
      for (const std::uint32_t found : answer.masks) values.insert(found);
    }
  }
  return values;
}

std::set<std::uint32_t> with_neighbours(std::set<std::uint32_t> values) {
  for (const std::uint32_t value : std::set{values}) values.insert({value - 1, value + 1});
  return values;
}

/// One argument that decides on a call.
struct ArgumentRule {
  std::size_t argument = 0;
  std::uint32_t mask = 0xFFFF'FFFF;                       ///< If there is only one.
  std::map<std::string, std::set<std::uint32_t>> values;  ///< By outcome.
  std::string otherwise;
};

ArgumentRule rule_of(const Program& program, std::uint32_t number, std::size_t argument) {
  ArgumentRule rule;
  rule.argument = argument;
  std::set<std::uint32_t> masks;
  const auto values = relevant_values(program, number, argument);
  for (const std::uint32_t value : values) {
    const Answer answer = answer_to(program, with_argument(number, argument, value));
    masks.insert(answer.masks.begin(), answer.masks.end());
  }
  if (masks.size() == 1) rule.mask = *masks.begin();
  // For rules about single bits the default is a value without any of them, for others a value that
  // no rule names.
  const std::uint32_t any = masks.size() > 1 ? 0 : kUnnamed;
  rule.otherwise = word(answer_to(program, with_argument(number, argument, any)).action);
  for (const std::uint32_t value : values) {
    const Answer answer = answer_to(program, with_argument(number, argument, value));
    rule.values[word(answer.action)].insert(value & rule.mask);
  }
  return rule;
}

std::string hexadecimal(std::uint32_t value) {
  std::ostringstream text;
  text << "0x" << std::hex << value;
  return text.str();
}

/// "argument 1: allow 0x5401-0x5404 0x540f, EPERM 0x5412, else ENOSYS"
std::string text_of(const ArgumentRule& rule) {
  std::string text = "argument " + std::to_string(rule.argument);
  if (rule.mask != 0xFFFF'FFFF) text += " & " + hexadecimal(rule.mask);
  text += ":";
  for (const auto& [outcome, values] : rule.values) {
    if (outcome == rule.otherwise) continue;
    text += " " + outcome;
    for (auto value = values.begin(); value != values.end();) {
      auto last = value;
      while (std::next(last) != values.end() && *std::next(last) == *last + 1) ++last;
      text += " " + hexadecimal(*value) + (last == value ? "" : "-" + hexadecimal(*last));
      value = std::next(last);
    }
    text += ",";
  }
  return text + " else " + rule.otherwise;
}

std::string outcome_of(const Program& program, std::uint32_t number) {
  const Answer plain = answer_to(program, {.number = number});
  if (!plain.reads_arguments) return word(plain.action);
  const Answer keyed = answer_to(program, with_argument(number, kKeyArgument, kKey));
  if (keyed.action != plain.action)
    return word(keyed.action) + " with the key, else " + word(plain.action);
  for (std::size_t argument = 0; argument < kKeyArgument; ++argument) {
    const ArgumentRule rule = rule_of(program, number, argument);
    if (rule.values.size() > 1) return text_of(rule);
  }
  return word(plain.action);
}

std::string name_of(std::uint32_t number) {
  char* name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86_64, static_cast<int>(number));
  std::string text = name ? name : "";
  std::free(name);  // NOLINT: libseccomp's
  return text;
}

std::string padded(std::string text, std::size_t width) {
  return text + std::string(text.size() < width ? width - text.size() : 0, ' ');
}

std::string table_of(const Program& program) {
  std::string table =
      "# number, name, and what becomes of it; arguments are compared 32 bits wide\n";
  for (std::uint32_t number = 0; number <= kLastNumber; ++number) {
    table += padded(std::to_string(number), 5) + padded(name_of(number), 25) +
             outcome_of(program, number) + "\n";
  }
  return table;
}

TEST(ProfileTable, ListsTheResultOfEveryCall) {
  const auto all = programs();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string name{kSeccompProfiles[i].second};
    const std::string path = EVALX_SOURCE_DIR "/seccomp/table/" + name + ".txt";
    const std::string table = table_of(all[i]);
    if (std::getenv("EVALX_WRITE_TABLES")) std::ofstream(path, std::ios::binary) << table;
    std::istringstream kept(kernel::read_file(AT_FDCWD, path.c_str()).value_or("")), found(table);
    std::string kept_line, found_line;
    while (std::getline(found, found_line)) {
      std::getline(kept, kept_line);
      EXPECT_EQ(found_line, kept_line) << name;
    }
    EXPECT_FALSE(std::getline(kept, kept_line)) << name;
  }
}

TEST(ProfileTable, TrapsEveryCallOfAnotherArchitecture) {
  for (const Program& program : programs()) {
    for (std::uint32_t number = 0; number <= kLastNumber; ++number) {
      EXPECT_EQ(word(answer_to(program, {.number = kX32 | number}).action), "trap") << number;
      for (const std::uint32_t foreign :
           {std::uint32_t{AUDIT_ARCH_I386}, std::uint32_t{AUDIT_ARCH_AARCH64}, 0U}) {
        const Call call{.number = number, .arguments = {}, .architecture = foreign};
        EXPECT_EQ(word(answer_to(program, call).action), "trap") << number;
      }
    }
    EXPECT_EQ(word(answer_to(program, {.number = 0xFFFF'FFFF}).action), "ENOSYS");
  }
}

TEST(ProfileTable, IgnoresTheUpperHalfOfAnArgumentAndAllOtherArguments) {
  for (const Program& program : programs()) {
    for (std::uint32_t number = 0; number <= kLastNumber; ++number) {
      const Answer plain = answer_to(program, {.number = number});
      if (!plain.reads_arguments) continue;
      for (std::size_t argument = 0; argument < kKeyArgument; ++argument) {
        const bool matters = rule_of(program, number, argument).values.size() > 1;
        for (const std::uint32_t value :
             with_neighbours(relevant_values(program, number, argument))) {
          const auto action = answer_to(program, with_argument(number, argument, value)).action;
          Call call = with_argument(number, argument, value | kHighBits);
          EXPECT_EQ(answer_to(program, call).action, action) << name_of(number) << " " << value;
          if (!matters) continue;
          for (std::size_t other = 0; other < call.arguments.size(); ++other)
            if (other != argument) call.arguments.at(other) = ~std::uint64_t{0};
          EXPECT_EQ(answer_to(program, call).action, action) << name_of(number) << " " << value;
        }
      }
    }
  }
}

TEST(ProfileTable, AcceptsNothingButTheExactKey) {
  for (const Program& program : programs()) {
    unsigned keyed = 0;
    for (std::uint32_t number = 0; number <= kLastNumber; ++number) {
      const auto without = answer_to(program, {.number = number}).action;
      if (answer_to(program, with_argument(number, kKeyArgument, kKey)).action == without) continue;
      ++keyed;
      EXPECT_EQ(word(without), "ENOSYS") << name_of(number);
      for (unsigned bit = 0; bit < 64; ++bit) {
        const std::uint64_t almost = kKey ^ std::uint64_t{1} << bit;
        const Call call = with_argument(number, kKeyArgument, almost);
        EXPECT_EQ(answer_to(program, call).action, without) << name_of(number) << " " << bit;
      }
    }
    EXPECT_GE(keyed, 11U);
  }
}

TEST(ProfileTable, AllowsNothingThatTheWeakerProfileForbids) {
  const auto all = programs();
  for (std::size_t i = 1; i < all.size(); ++i) {
    for (std::uint32_t number = 0; number <= kLastNumber; ++number) {
      const Answer plain = answer_to(all[i], {.number = number});
      if (!plain.reads_arguments && plain.action != SECCOMP_RET_ALLOW) continue;
      for (std::size_t argument = 0; argument < kKeyArgument; ++argument) {
        auto values = relevant_values(all[i], number, argument);
        values.merge(relevant_values(all[i - 1], number, argument));
        for (const std::uint32_t value : with_neighbours(std::move(values))) {
          const Call call = with_argument(number, argument, value);
          if (answer_to(all[i], call).action != SECCOMP_RET_ALLOW) continue;
          EXPECT_EQ(word(answer_to(all[i - 1], call).action), "allow")
              << kSeccompProfiles[i].second << " " << name_of(number) << " " << value;
        }
      }
    }
  }
}

/// The action of each profile on a call with this value of an argument.
std::vector<std::string> words_for(std::uint32_t number, std::size_t argument,
                                   std::uint64_t value) {
  std::vector<std::string> words;
  for (const Program& program : programs())
    words.push_back(word(answer_to(program, with_argument(number, argument, value)).action));
  return words;
}
using Words = std::vector<std::string>;
const Words kRefused{"EPERM", "EPERM", "EPERM"};
const Words kUnknown{"ENOSYS", "ENOSYS", "ENOSYS"};

TEST(ProfileTable, RefusesKernelMemoryThatNoGroupCounts) {
  EXPECT_EQ(words_for(SYS_prctl, 0, PR_SET_SECCOMP), kRefused);
  EXPECT_EQ(words_for(SYS_seccomp, 0, 1), kUnknown);
  for (const int option : {SO_ATTACH_FILTER, SO_ATTACH_BPF, SO_ATTACH_REUSEPORT_CBPF})
    EXPECT_EQ(words_for(SYS_setsockopt, 2, static_cast<std::uint64_t>(option)),
              (Words{"EPERM", "EPERM", "ENOSYS"}));
  EXPECT_EQ(words_for(SYS_setsockopt, 2, SO_SNDBUF), (Words{"allow", "allow", "ENOSYS"}));
  for (const std::uint32_t call :
       {SYS_setxattr, SYS_lsetxattr, SYS_fsetxattr, SYS_bpf, SYS_add_key, SYS_keyctl,
        SYS_io_uring_setup, SYS_userfaultfd, SYS_perf_event_open, SYS_fanotify_init,
        SYS_inotify_init1, SYS_mq_open, SYS_shmget, SYS_semget, SYS_msgget, SYS_io_setup})
    EXPECT_EQ(words_for(call, 0, 0), kUnknown) << name_of(call);
}

TEST(ProfileTable, LeavesNoPlaceOnASharedFileWhereContestProgramsCouldWriteOrLook) {
  for (const std::uint64_t command : {F_SETLK, F_GETLK, F_OFD_SETLK, F_SETLEASE, F_GETLEASE})
    EXPECT_EQ(words_for(SYS_fcntl, 1, command)[1], "EPERM") << command;
  for (const std::uint64_t command : {F_NOTIFY, 1035, 1036, 1037, 1038})  // F_[GS]ET_[FILE_]RW_HINT
    EXPECT_EQ(words_for(SYS_fcntl, 1, command), kRefused) << command;
  EXPECT_EQ(words_for(SYS_fadvise64, 3, POSIX_FADV_DONTNEED), (Words{"EPERM", "EPERM", "ENOSYS"}));
  EXPECT_EQ(words_for(SYS_preadv2, 0, 0), (Words{"allow", "ENOSYS", "ENOSYS"}));
  constexpr std::uint32_t kCachestat = 451;
  EXPECT_EQ(words_for(kCachestat, 0, 0), kUnknown);
  EXPECT_EQ(words_for(SYS_flock, 0, 0), (Words{"allow", "ENOSYS", "ENOSYS"}));
}

/// A list of 300 calls would take 150 steps on average.
TEST(ProfileTable, IsEvaluatedAsATree) {
  const auto all = programs();
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::map<std::string, unsigned> sizes;
    unsigned deepest = 0;
    for (std::uint32_t number = 0; number <= kLastNumber; ++number) {
      const Answer answer = answer_to(all[i], {.number = number});
      if (!answer.reads_arguments) deepest = std::max(deepest, answer.steps);
      const std::string outcome = outcome_of(all[i], number);
      ++sizes[outcome.starts_with("argument") ? "by argument" : outcome];
    }
    std::cout << kSeccompProfiles[i].second << ": " << all[i].size() << " instructions, at most "
              << deepest << " for a number;";
    for (const auto& [outcome, count] : sizes) std::cout << " " << outcome << " " << count << ";";
    std::cout << "\n";
    EXPECT_LE(deepest, 40U);
  }
}

}  // namespace
}  // namespace evalx::sandbox::native
