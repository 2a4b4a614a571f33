#include "sandbox/isolate/boxes.hpp"

#include <fcntl.h>

#include "base/default_path.hpp"
#include "base/log.hpp"
#include "kernel/file.hpp"
#include "sandbox/isolate/process.hpp"

namespace evalx::sandbox::isolate {
namespace {

/// 2.x refuses to clean up a box that was made with the other setting for control groups, for
/// instance by an earlier process.
Tool with_other_cgroups(Tool tool) {
  tool.cgroups = !tool.cgroups;
  return tool;
}

/// `output`: the path that --init prints.
Result<kernel::Fd> open_box(std::string output) {
  if (output.ends_with('\n')) output.pop_back();
  output += "/box";
  return kernel::open_at(AT_FDCWD, output.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

Result<> clean_now(const Tool& tool, unsigned number) {
  auto done = invoke(cleanup_command(tool, number));
  if (done || invoke(cleanup_command(with_other_cgroups(tool), number))) return {};
  return tl::make_unexpected(std::move(done).error());
}

}  // namespace

Boxes::Lease::~Lease() {
  if (!boxes_) return;
  if (exists_) {
    const bool cleaned = clean_now(boxes_->tool_, id_.number).has_value();
    if (cleaned) id_.condition = BoxIds::Condition::Clean;
    boxes_->not_cleaned_ += cleaned ? 0 : 1;
  }
  boxes_->ids_.give_back(std::move(id_));
}

Task<Result<>> Boxes::clean(unsigned number) {
  auto done = co_await invoke(loop_, cleanup_command(tool_, number));
  if (done) co_return Result<>{};
  auto other = co_await invoke(loop_, cleanup_command(with_other_cgroups(tool_), number));
  if (other) co_return Result<>{};
  co_return tl::make_unexpected(std::move(done).error());
}

Task<Result<Boxes::Lease>> Boxes::make() {
  BoxIds::Id id = co_await ids_.take(loop_);
  Lease lease{shared_from_this(), std::move(id)};
  if (lease.id_.condition == BoxIds::Condition::Unknown) {
    auto cleaned = co_await clean(lease.number());
    if (!cleaned) co_return tl::make_unexpected(std::move(cleaned).error());
  }
  lease.id_.condition = BoxIds::Condition::Unknown;
  EVALX_CO_TRY(std::string output, co_await invoke(loop_, init_command(tool_, lease.number())));
  lease.exists_ = true;
  EVALX_CO_TRY(lease.directory_, open_box(std::move(output)));
  co_return lease;
}

Task<> Boxes::remove(Lease lease) {
  lease.exists_ = false;
  lease.directory_ = {};
  auto cleaned = co_await clean(lease.number());
  if (cleaned) {
    lease.id_.condition = BoxIds::Condition::Clean;
  } else {
    ++not_cleaned_;
    log::warning("a box was not cleaned up",
                 {{"box", lease.number()}, {"error", cleaned.error().what}});
  }
}

Result<> try_out(const Tool& tool, unsigned box, const std::string& meta_path) {
  EVALX_TRY_VOID(clean_now(tool, box));
  EVALX_TRY_VOID(invoke(init_command(tool, box)));
  const Argv command =
      run_command(tool, box, {}, meta_path, {std::string{kPathVariable}}, "/bin/true", {"true"});
  const auto ran = invoke(command);
  EVALX_TRY_VOID(clean_now(tool, box));
  if (!ran) return tl::make_unexpected(ran.error());
  return {};
}

}  // namespace evalx::sandbox::isolate
