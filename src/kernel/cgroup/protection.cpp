#include "kernel/cgroup/protection.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "kernel/file.hpp"

namespace evalx::kernel {
namespace {

constexpr const char* kFile = "memory.min";

}  // namespace

void protect_memory(int directory, const char* path, Bytes amount) noexcept {
  const std::string file = std::string{path} + "/" + kFile;
  static_cast<void>(write_file(directory, file.c_str(), std::to_string(amount.count)).has_value());
}

SumOfProtections::SumOfProtections(int directory) noexcept
    : file_(::openat(directory, kFile, O_WRONLY | O_CLOEXEC)) {}

void SumOfProtections::add(Bytes amount) noexcept {
  sum_ += amount;
  write();
}

void SumOfProtections::subtract(Bytes amount) noexcept {
  sum_.count -= amount.count;
  write();
}

void SumOfProtections::write() const noexcept {
  const std::string text = std::to_string(sum_.count);
  if (file_) static_cast<void>(::pwrite(file_.get(), text.data(), text.size(), 0) < 0);
}

}  // namespace evalx::kernel
