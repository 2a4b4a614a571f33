#include "service/simulation/disk.hpp"

#include <sqlite3.h>

#include <array>
#include <fstream>
#include <sstream>
#include <vector>

#include "base/assert.hpp"

namespace evalx::service::simulation {
namespace {

namespace fs = std::filesystem;

struct Write {
  std::size_t offset = 0;
  std::string bytes;
  bool cuts = false;  ///< The file ends at `offset`.
};
struct File {
  std::string synced;
  std::vector<Write> later;
};

/// SQLite's file layer has no room for a state of ours, so there is one for all.
struct Layer {
  Disk* disk = nullptr;
  Random* random = nullptr;
  sqlite3_vfs* original = nullptr;
  sqlite3_vfs ours{};
  std::map<std::string, File> files;  // By path.
  std::map<sqlite3_file*, std::string> open;
  unsigned countdown = 0;
  fs::path folder;
  Disk::Crash crash = Disk::Crash::Kill;
};
Layer layer;

struct Methods : sqlite3_io_methods {
  const sqlite3_io_methods* original;  // Null if unused.
};
std::array<Methods, 4> methods;  // Static, so zero at first.

std::string read_file(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream{path, std::ios::binary}.rdbuf();
  return text.str();
}

void put(std::string& content, const Write& write) {
  if (write.cuts) return content.resize(write.offset);
  content.resize(std::max(content.size(), write.offset + write.bytes.size()));
  content.replace(write.offset, write.bytes.size(), write.bytes);
}

void sync(File& file) {
  for (const Write& write : file.later) put(file.synced, write);
  file.later.clear();
}

const sqlite3_io_methods* original_of(sqlite3_file* file) {
  return static_cast<const Methods*>(file->pMethods)->original;
}

File* tracked(sqlite3_file* file) {
  const auto found = layer.open.find(file);
  return found == layer.open.end() ? nullptr : &layer.files[found->second];
}

void count_down() {
  if (layer.countdown == 0 || --layer.countdown > 0) return;
  layer.disk->taken = layer.disk->image(layer.folder, layer.crash);
}

int on_write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  if (File* const known = tracked(file)) {
    count_down();
    known->later.push_back({static_cast<std::size_t>(offset),
                            {static_cast<const char*>(bytes), static_cast<std::size_t>(size)}});
  }
  return original_of(file)->xWrite(file, bytes, size, offset);
}

int on_truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (File* const known = tracked(file)) {
    known->later.push_back({static_cast<std::size_t>(size), {}, true});
  }
  return original_of(file)->xTruncate(file, size);
}

int on_sync(sqlite3_file* file, int) {
  if (File* const known = tracked(file)) {
    count_down();
    sync(*known);
  }
  return SQLITE_OK;
}

int on_close(sqlite3_file* file) {
  layer.open.erase(file);
  const sqlite3_io_methods* const original = original_of(file);
  return original->xClose(file);
}

void patch(sqlite3_file* file) {
  for (Methods& ours : methods) {  // os_unix.c has one table for the file, one for its log.
    if (ours.original == nullptr) {
      static_cast<sqlite3_io_methods&>(ours) = *file->pMethods;
      ours.original = file->pMethods;
      ours.xWrite = on_write;
      ours.xTruncate = on_truncate;
      ours.xSync = on_sync;
      ours.xClose = on_close;
    }
    if (ours.original == file->pMethods) {
      file->pMethods = &ours;
      return;
    }
  }
  EVALX_ASSERT(!"more tables of methods than known");
}

int on_open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
  const int code = layer.original->xOpen(layer.original, name, file, flags, out);
  if (file->pMethods == nullptr) return code;
  patch(file);
  if (name == nullptr || (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) == 0) return code;
  if (!layer.files.contains(name)) layer.files[name].synced = read_file(name);
  layer.open[file] = name;
  return code;
}

int on_delete(sqlite3_vfs*, const char* name, int sync_folder) {
  layer.files.erase(name);
  return layer.original->xDelete(layer.original, name, sync_folder);
}

}  // namespace

Disk::Disk(Random& random) {
  EVALX_ASSERT(layer.disk == nullptr);
  layer.disk = this;
  layer.random = &random;
  layer.original = ::sqlite3_vfs_find(nullptr);
  layer.ours = *layer.original;
  layer.ours.zName = "evalx-simulated";
  layer.ours.xOpen = on_open;
  layer.ours.xDelete = on_delete;
  ::sqlite3_vfs_register(&layer.ours, 1);
}

Disk::~Disk() {
  ::sqlite3_vfs_unregister(&layer.ours);
  ::sqlite3_vfs_register(layer.original, 1);
  layer = {};
}

Disk::Image Disk::image(const fs::path& folder, Crash crash) {
  Image found;
  for (const char* name : {"queue.db", "queue.db-wal", "accepted"}) {
    const fs::path path = folder / name;
    if (!fs::exists(path)) continue;
    const auto known = layer.files.find(path.string());
    if (crash == Crash::Kill || known == layer.files.end()) {
      found[name] = read_file(path);
      continue;
    }
    std::string content = known->second.synced;
    const auto later = static_cast<std::uint32_t>(known->second.later.size());
    const std::size_t kept = layer.random->below(later + 1);
    for (std::size_t i = 0; i < kept; ++i) put(content, known->second.later[i]);
    found[name] = std::move(content);
  }
  return found;
}

void Disk::take(const fs::path& folder, Crash crash, unsigned nth) {
  layer.folder = folder;
  layer.crash = crash;
  layer.countdown = nth;
}

void Disk::restore(const Image& image, const fs::path& folder) {
  fs::create_directories(folder);
  for (const auto& [name, content] : image) {
    std::ofstream{folder / name, std::ios::binary} << content;
  }
}

void Disk::remove(const fs::path& folder) {
  std::erase_if(layer.files, [&](const auto& file) {
    return fs::path{file.first}.parent_path() == folder;
  });
  fs::remove_all(folder);
}

}  // namespace evalx::service::simulation
