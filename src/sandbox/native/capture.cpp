#include "sandbox/native/capture.hpp"

#include <sys/mman.h>

#include "kernel/file.hpp"
#include "sandbox/native/protocol.hpp"

namespace evalx::sandbox::native {

Result<Capture> Capture::make(std::uint64_t most_bytes) {
  EVALX_TRY(OutputPipe pipe, OutputPipe::make(most_bytes));
  return Capture{std::move(pipe)};
}

Result<> Capture::pump() {
  const auto more = pipe_.pump([this](std::string_view bytes) { return keep(bytes); });
  if (!more) return tl::make_unexpected(more.error());
  return {};
}

Result<> Capture::keep(std::string_view bytes) {
  if (!file_ && head_.size() + bytes.size() <= kMaxInlineBytes) {
    head_ += bytes;
    return {};
  }
  if (!file_) {
    file_ = kernel::Fd{::memfd_create("output", MFD_CLOEXEC)};
    if (!file_) return fail(last_error(), "memfd_create");
    EVALX_TRY_VOID(kernel::write_all(file_.get(), head_));
    head_.clear();
  }
  return kernel::write_all(file_.get(), bytes);
}

}  // namespace evalx::sandbox::native
