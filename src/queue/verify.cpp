#include "queue/verify.hpp"

#include "base/log.hpp"
#include "queue/content.hpp"
#include "queue/packed.hpp"

namespace evalx::queue {
namespace {

/// False if it is damaged.
bool open_result(Record& record) {
  if (!is_intact(record.result, record.result_digest)) return false;
  auto text = unpacked(std::move(record.result));
  if (text) record.result = *std::move(text);
  return text.has_value();
}

}  // namespace

std::string damaged_json(const std::string& what) {
  return R"({"cause":"the stored )" + what + R"( is damaged"})";
}

void verify(Record& record) {
  if (!record.damage && !open_result(record)) record.damage = "result";
  if (record.damage) {
    record.state = State::Dead;
    record.result = damaged_json(*record.damage);
  } else if (!is_intact(record.spec, record.spec_digest)) {
    record.damage = "submission";
  }
  if (record.damage) log::error("a stored " + *record.damage + " is damaged", {{"job", record.token}});
}

}  // namespace evalx::queue
