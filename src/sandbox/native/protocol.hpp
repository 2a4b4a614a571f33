#pragma once
// Protocol: the messages on the seqpacket sockets between worker, launcher and supervisors.
//
// worker → launcher: first Configure, once, which the launcher answers with Ready or Failed; then
// MakeSlot, which it answers with SlotMade and the socket of the slot, or with Failed, and EndSlot,
// which has no answer. Closing the launcher's socket ends all slots.
// worker → supervisor: Run, answered by Ran or Failed. Kill, during a run: end it. Recycle, between
// two runs: make a fresh box. The last two have no answer. The first message of a supervisor is
// Ready or Failed. Closing its socket ends the slot.
// Every message is one packet; if it is too long for that, the packet has only a file with it. A
// packet that does not decode ends the connection.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "kernel/fd.hpp"
#include "sandbox/weakness.hpp"
#include "submission/limits.hpp"

namespace evalx::sandbox::native {

inline constexpr std::size_t kMaxMessageBytes = std::size_t{1} << 20U;
/// The size of one packet with the kernel's default buffer (net.core.wmem_default is 212992). A
/// longer message is sent as a file, because a larger buffer takes a privilege.
inline constexpr std::size_t kMaxPacketBytes = 192UL * 1024;
inline constexpr std::size_t kMaxInlineBytes = 64UL * 1024;  ///< For stdin and for each output.
inline constexpr std::uint32_t kMaxStrings = 1024;           ///< In one list.

/// The step of a Failed, at its beginning, if the box could not be renewed.
inline constexpr std::string_view kRenewStep = "renew the box";

struct Configure {
  std::uint32_t uid_base = 0;  ///< Slot k uses the host uids and gids base + 2k and base + 2k + 1.
  std::uint32_t pin_cpus = 0;  ///< 1: slot k runs on CPU k modulo the number of CPUs.
  bool allow_weak = false;     ///< Start even if a required mechanism is missing.
  std::vector<std::string> root_paths;  ///< Bound read-only into every root.
};
struct MakeSlot {
  std::uint32_t profile = 0;  ///< A SeccompProfile, for all programs of the slot.
};
/// With the slot's socket.
struct SlotMade {
  std::uint64_t serial = 0;  ///< No other slot of this launcher has it, before or after.
};
/// Kills a slot that does not answer any more. One that has ended is no error.
struct EndSlot {
  std::uint64_t serial = 0;
};
/// From the launcher with the weaknesses of this machine, from a supervisor without any.
struct Ready {
  std::vector<Weakness> weaknesses;
};
struct Recycle {};
struct Kill {};

/// An error that is not the program's fault.
struct Failed {
  std::string step;
  std::int32_t error = 0;
};

/// Descriptors, in this order: the pack if `has_files`; then three for 0, 1 and 2 if `has_stdio`,
/// or one for 0 if `has_stdin_file`.
struct Run {
  bool fresh = false;  ///< Use a fresh box, even if the last run left nothing.
  bool has_files = false;
  bool has_stdio = false;
  bool has_stdin_file = false;
  bool own_proc = false;
  submission::Limits limits;
  std::uint64_t box_bytes = 0;
  std::uint64_t take_bytes = 0;
  std::uint32_t box_inodes = 0;
  std::string stdin_bytes;
  std::string take;  ///< Empty: take nothing.
  std::vector<std::string> argv;
  std::vector<std::string> environment;
};

/// Descriptors, in this order, each if its flag is set: stdout and stderr (if they do not fit
/// inline), and the pack of taken files.
struct Ran {
  std::uint32_t cause = 0;  ///< A Cause.
  std::int32_t exit_code = 0;
  std::int32_t signal = 0;
  std::int32_t start_error = 0;  ///< errno of execve(2), if the cause is NotStarted.
  std::uint64_t cpu_user_us = 0;
  std::uint64_t cpu_system_us = 0;
  std::uint64_t wall_us = 0;
  std::uint64_t memory_peak_bytes = 0;
  std::uint64_t out_total = 0;
  std::uint64_t err_total = 0;
  bool process_limit_hit = false;
  bool box_clean = false;   ///< The run left nothing: the box may serve the next one.
  bool slot_spent = false;  ///< The slot must be replaced.
  /// Some processes of the run are still alive, killed. The supervisor closes its socket when all
  /// are dead.
  bool dying = false;
  bool has_out_file = false;
  bool has_err_file = false;
  bool has_taken = false;
  std::string out;
  std::string err;
  std::string take_problem;
  std::string disturbance;  ///< As in Outcome.
};

using Message =
    std::variant<Configure, MakeSlot, SlotMade, Ready, Recycle, Kill, Failed, Run, Ran, EndSlot>;

/// A message has exactly one encoding: decoding and encoding returns the same bytes.
std::string encode(const Message& message);
/// Safe on any bytes. Errors: EBADMSG.
Result<Message> decode(std::span<const std::byte> bytes);

/// Sends one message; `key` is a supervisor's (kernel/seccomp.hpp); `flags`: MSG_DONTWAIT or 0.
/// Errors: those of kernel::send_message(); EMSGSIZE over kMaxMessageBytes.
Result<> send(int socket, const Message& message, std::span<const int> fds = {},
              std::uint64_t key = 0, int flags = 0);

/// Space for one message. Not zeroed, so pages that no message has used take no memory.
class MessageBuffer {
 public:
  MessageBuffer() : bytes_(std::make_unique_for_overwrite<std::byte[]>(kMaxMessageBytes)) {}
  operator std::span<std::byte>() { return {bytes_.get(), kMaxMessageBytes}; }  // NOLINT: a view

 private:
  std::unique_ptr<std::byte[]> bytes_;  // NOLINT: a vector would be zeroed
};

/// The number of descriptors that belong to the message.
std::size_t descriptors_of(const Message& message);

struct Incoming {
  Message message;
  std::vector<kernel::Fd> fds;
};
/// Receives one message into `buffer`, with exactly descriptors_of() descriptors. Errors:
/// ECONNRESET if the peer has closed its end, EAGAIN, EBADMSG, recvmsg(2)'s; no descriptor is kept
/// then.
Result<Incoming> receive(int socket, std::span<std::byte> buffer, int flags = 0,
                         std::uint64_t key = 0);

}  // namespace evalx::sandbox::native
