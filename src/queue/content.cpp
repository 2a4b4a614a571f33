#include "queue/content.hpp"

#include "base/digest.hpp"

namespace evalx::queue {

std::string content_digest(std::string_view content) {
  return to_hex(sha256(content));
}

bool is_intact(std::string_view content, std::string_view digest) {
  return digest.empty() || content_digest(content) == digest;
}

}  // namespace evalx::queue
