#pragma once
// FaultVfs: SQLite's own file layer; it counts syncs, and its N-th call can fail.

#include <sqlite3.h>

#include <array>
#include <atomic>

#include "base/assert.hpp"

namespace evalx::queue::sqlite {

/// The default file layer while it exists. Only one at a time.
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

  /// The `nth` call of this kind from now fails once with `code` and does nothing.
  void fail(Call call, int nth, int code) {
    call_ = call;
    code_ = code;
    countdown_ = nth;
  }
  void disarm() { countdown_ = 0; }
  /// Whether the failure has not happened yet.
  [[nodiscard]] bool armed() const { return countdown_ > 0; }
  [[nodiscard]] int syncs() const { return syncs_; }

 private:
  /// A table of methods of the original layer, and its replacement.
  struct Methods : sqlite3_io_methods {
    const sqlite3_io_methods* original;  ///< Null if unused.
  };
  static const sqlite3_io_methods* original_of(sqlite3_file* file) {
    return static_cast<const Methods*>(file->pMethods)->original;
  }
  static void patch(sqlite3_file* file) {
    for (Methods& ours : methods_) {  // os_unix.c has one table for the file, one for its log.
      if (ours.original == nullptr) {
        static_cast<sqlite3_io_methods&>(ours) = *file->pMethods;
        ours.original = file->pMethods;
        ours.xSync = [](sqlite3_file* f, int flags) {
          ++syncs_;
          const int code = next(Call::Sync);
          return code != SQLITE_OK ? code : original_of(f)->xSync(f, flags);
        };
        ours.xWrite = [](sqlite3_file* f, const void* bytes, int size, sqlite3_int64 offset) {
          const int code = next(Call::Write);
          return code != SQLITE_OK ? code : original_of(f)->xWrite(f, bytes, size, offset);
        };
      }
      if (ours.original == file->pMethods) {
        file->pMethods = &ours;
        return;
      }
    }
    EVALX_ASSERT(!"more tables of methods than known");
  }
  static int next(Call call) {
    if (call != call_ || countdown_ == 0) return SQLITE_OK;
    return --countdown_ == 0 ? code_.load() : SQLITE_OK;
  }

  static inline sqlite3_vfs* original_vfs_ = nullptr;
  static inline sqlite3_vfs vfs_{};
  static inline std::array<Methods, 4> methods_;  // Static, so zero at first.
  static inline std::atomic<Call> call_{Call::Sync};
  static inline std::atomic<int> code_{0}, countdown_{0}, syncs_{0};
};

}  // namespace evalx::queue::sqlite
