#pragma once
// FaultVfs: SQLite's own file layer, but its syncs are counted and its N-th call can fail.

#include <sqlite3.h>

#include <atomic>

#include "base/assert.hpp"

namespace evalx::queue::sqlite {

/// While one lives, it is the default file layer. Not two at a time.
class FaultVfs {
 public:
  enum class Call { Sync, Write };

  FaultVfs() {
    original_vfs_ = ::sqlite3_vfs_find(nullptr);
    vfs_ = *original_vfs_;
    vfs_.zName = "evalx-fault";
    vfs_.xOpen = [](sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
      const int code = original_vfs_->xOpen(vfs, name, file, flags, out);
      if (file->pMethods != nullptr) patch(file);
      return code;
    };
    ::sqlite3_vfs_register(&vfs_, 1);
  }
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;
  ~FaultVfs() {
    ::sqlite3_vfs_unregister(&vfs_);
    ::sqlite3_vfs_register(original_vfs_, 1);
    countdown_ = 0;
  }

  /// The `nth` such call from now fails once with `code`, and does nothing.
  void fail(Call call, int nth, int code) {
    call_ = call;
    code_ = code;
    countdown_ = nth;
  }
  void disarm() { countdown_ = 0; }
  /// Whether the armed failure is still to come.
  [[nodiscard]] bool armed() const { return countdown_ > 0; }
  [[nodiscard]] int syncs() const { return syncs_; }

 private:
  static void patch(sqlite3_file* file) {
    // All files of one VFS share one table of methods (os_unix.c, with POSIX locks).
    if (original_ == nullptr) {
      original_ = file->pMethods;
      patched_ = *original_;
      patched_.xSync = [](sqlite3_file* f, int flags) {
        ++syncs_;
        const int code = next(Call::Sync);
        return code != SQLITE_OK ? code : original_->xSync(f, flags);
      };
      patched_.xWrite = [](sqlite3_file* f, const void* bytes, int size, sqlite3_int64 offset) {
        const int code = next(Call::Write);
        return code != SQLITE_OK ? code : original_->xWrite(f, bytes, size, offset);
      };
    }
    EVALX_ASSERT(file->pMethods == original_);
    file->pMethods = &patched_;
  }
  static int next(Call call) {
    if (call != call_ || countdown_ == 0) return SQLITE_OK;
    return --countdown_ == 0 ? code_.load() : SQLITE_OK;
  }

  static inline sqlite3_vfs* original_vfs_ = nullptr;
  static inline sqlite3_vfs vfs_{};
  static inline const sqlite3_io_methods* original_ = nullptr;
  static inline sqlite3_io_methods patched_{};
  static inline std::atomic<Call> call_{Call::Sync};
  static inline std::atomic<int> code_{0}, countdown_{0}, syncs_{0};
};

}  // namespace evalx::queue::sqlite
