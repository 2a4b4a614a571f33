#include "sandbox/native/native_sandbox.hpp"

#include <boost/asio/post.hpp>

#include "kernel/memory_file.hpp"
#include "sandbox/native/answer.hpp"
#include "sandbox/native/slot_pool.hpp"

namespace evalx::sandbox::native {
namespace {

using kernel::Fd;

/// A run may take so many times its wall limit, and NativeOptions::run_slack besides.
constexpr int kMostWallTimes = 4;
/// The next run of a box waits so long for the last process of the one before.
constexpr std::chrono::seconds kBurialPatience{60};

}  // namespace

class NativeSandbox::NativeBox final : public Box {
 public:
  NativeBox(std::shared_ptr<SlotPool> pool, BoxSpec spec, SlotPeer slot)
      : pool_(std::move(pool)), spec_(std::move(spec)), slot_(std::move(slot)) {}
  NativeBox(const NativeBox&) = delete;
  NativeBox& operator=(const NativeBox&) = delete;
  ~NativeBox() override;

  Task<Result<Outcome>> run(RunSpec spec) override;

 private:
  Task<Result<Incoming>> exchange(Run request, std::vector<int> fds, std::stop_token stop);
  Result<Outcome> finish(Result<Incoming> incoming, Bytes most_output);

  std::shared_ptr<SlotPool> pool_;
  BoxSpec spec_;
  SlotPeer slot_;
  std::shared_ptr<Burial> burial_;  ///< The box's last slot.
  bool clean_ = false;
  bool in_flight_ = false;  ///< A run was requested and not answered.
};

NativeSandbox::NativeBox::~NativeBox() {
  if (!slot_) return;
  // If a run is in flight, the slot will send an answer that has no reader, so it is given up.
  // Otherwise it makes the fresh scratch for the next submission now, when no client waits for it.
  if (!in_flight_ && slot_->send(Recycle{})) {
    pool_->give_back(spec_.profile, std::move(slot_));
  } else if (in_flight_) {
    pool_->bury(std::move(slot_), spec_.held, Replaced::Abandoned);
  } else {
    pool_->give_up(std::move(slot_), Replaced::Fault, "it does not accept messages");
  }
}

Task<Result<Incoming>> NativeSandbox::NativeBox::exchange(Run request, std::vector<int> fds,
                                                          std::stop_token stop) {
  if (auto sent = slot_->send(request, fds); !sent)
    co_return tl::make_unexpected(std::move(sent).error());
  // The callback may run on any thread, and after the end of this box: it owns all it needs.
  const Milliseconds patience =
      std::chrono::ceil<Milliseconds>(kMostWallTimes * request.limits.wall_time) +
      pool_->run_slack();
  const auto alive = std::make_shared<Peer*>(slot_.get());
  const std::stop_callback on_stop{stop, [&loop = pool_->loop(), alive] {
                                     asio::post(loop, [alive] {
                                       // A run that waits for nothing to be read is ended as well.
                                       if (*alive && !(*alive)->send(Kill{}))
                                         (*alive)->end_sending();
                                     });
                                   }};
  auto answer = co_await slot_->next_message(pool_->buffer(), patience);
  *alive = nullptr;
  co_return answer;
}

Task<Result<Outcome>> NativeSandbox::NativeBox::run(RunSpec spec) {
  if (burial_ && !burial_->is_over) {
    // One permit is for one slot.
    burial_->end->expires_after(kBurialPatience);
    co_await wait_on(burial_->end, spec.stop);
  }
  if (!slot_) {
    EVALX_CO_TRY(slot_, co_await pool_->take(spec_.profile));
    clean_ = false;
  }
  const Bytes most_output = spec.limits.output;
  Run request = request_of(spec_, spec);
  request.fresh = !clean_;
  std::vector<int> fds;
  Fd large_stdin;
  if (!clean_ && spec_.files) {
    request.has_files = true;
    fds.push_back(spec_.files->get());
  }
  if (spec.stdio) {
    request.has_stdio = true;
    fds.insert(fds.end(), spec.stdio->begin(), spec.stdio->end());
  } else if (spec.stdin_bytes.size() > kMaxInlineBytes) {
    // Passed as a sealed file, which no run can change.
    EVALX_CO_TRY(large_stdin, kernel::sealed_file("stdin", spec.stdin_bytes));
    request.has_stdin_file = true;
    fds.push_back(large_stdin.get());
  } else {
    request.stdin_bytes = std::move(spec.stdin_bytes);
  }
  clean_ = false;
  in_flight_ = true;
  Result<Incoming> incoming =
      co_await exchange(std::move(request), std::move(fds), std::move(spec.stop));
  in_flight_ = false;
  co_return finish(std::move(incoming), most_output);
}

/// Keeps the slot only after a good answer.
Result<Outcome> NativeSandbox::NativeBox::finish(Result<Incoming> incoming, Bytes most_output) {
  if (!incoming) {
    // It may hang: only the launcher can kill it.
    pool_->end(*slot_);
    burial_ = pool_->bury(std::move(slot_), spec_.held, Replaced::Fault, incoming.error().what);
    return tl::make_unexpected(std::move(incoming).error());
  }
  if (const auto* failed = std::get_if<Failed>(&incoming->message)) {
    const bool is_dirty = failed->step.starts_with(kRenewStep);
    burial_ = pool_->bury(std::move(slot_), spec_.held,
                          is_dirty ? Replaced::NotCleaned : Replaced::Fault, failed->step);
    return tl::make_unexpected(error_of(*failed));
  }
  auto* ran = std::get_if<Ran>(&incoming->message);
  if (!ran) {
    pool_->give_up(std::move(slot_), Replaced::Fault, "an unexpected answer");
    return fail(std::make_error_code(std::errc::bad_message), "run: unexpected answer");
  }
  clean_ = ran->box_clean;
  const bool spent = ran->slot_spent, dying = ran->dying;
  auto outcome = outcome_of(std::move(*ran), std::move(incoming->fds), most_output);
  if (dying) {
    burial_ = pool_->bury(std::move(slot_), spec_.held, Replaced::Limit);
  } else if (!outcome) {
    pool_->give_up(std::move(slot_), Replaced::Fault, outcome.error().what);
  } else if (spent) {
    pool_->give_up(std::move(slot_), Replaced::Limit);
  }
  return outcome;
}

NativeSandbox::NativeSandbox(std::shared_ptr<SlotPool> pool) : pool_(std::move(pool)) {}

NativeSandbox::~NativeSandbox() = default;

Result<std::unique_ptr<NativeSandbox>> NativeSandbox::start(asio::io_context& loop,
                                                            NativeOptions options) {
  EVALX_TRY(auto pool, SlotPool::start(loop, std::move(options)));
  return std::unique_ptr<NativeSandbox>{new NativeSandbox{std::move(pool)}};
}

Task<Result<std::unique_ptr<Box>>> NativeSandbox::open(BoxSpec spec) {
  const std::shared_ptr<SlotPool> pool = pool_;
  EVALX_CO_TRY(SlotPeer slot, co_await pool->take(spec.profile));
  co_return std::make_unique<NativeBox>(pool, std::move(spec), std::move(slot));
}

const std::vector<Weakness>& NativeSandbox::weaknesses() const {
  return pool_->weaknesses();
}

Sandbox::Counters NativeSandbox::counters() const {
  return pool_->counters();
}

void NativeSandbox::trim() {
  pool_->trim();
}

}  // namespace evalx::sandbox::native
