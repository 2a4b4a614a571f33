#include "queue/content.hpp"

#include "base/digest.hpp"

namespace evalx::queue {
namespace {

constexpr char kSeal = '\x02';  // No JSON text begins with it. The digest follows.

}  // namespace

std::string content_digest(std::string_view content) {
  return to_hex(sha256(content));
}

bool is_intact(std::string_view content, std::string_view digest) {
  return digest.empty() || content_digest(content) == digest;
}

std::string sealed(std::string_view content) {
  return kSeal + content_digest(content).append(content);
}

std::optional<std::string> unsealed(std::string stored) {
  if (!stored.starts_with(kSeal)) return stored;
  if (stored.size() < kSealBytes) return std::nullopt;
  const std::string digest = stored.substr(1, kSealBytes - 1);
  stored.erase(0, kSealBytes);
  if (content_digest(stored) != digest) return std::nullopt;
  return stored;
}

}  // namespace evalx::queue
