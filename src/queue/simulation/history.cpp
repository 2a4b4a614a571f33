#include "queue/simulation/history.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace evalx::queue::simulation {
namespace {

constexpr std::array<std::string_view, 20> kKinds{
    "accepted", "granted", "started", "stopped",  "published", "seen",     "renewed",
    "redriven", "saving",  "saved",   "resumed",  "lost",      "counted",  "stored",
    "refused",  "answered", "opened", "streamed", "left",      "judged"};
constexpr std::array<std::string_view, 6> kStates{"queued",    "leased", "done",
                                                  "cancelled", "dead",   "expired"};

template <class Number>
bool parse(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

template <class Names, class Value>
bool parse_name(const Names& names, std::string_view text, Value& value) {
  const auto found = std::find(names.begin(), names.end(), text);
  if (found == names.end()) return false;
  value = static_cast<Value>(found - names.begin());
  return true;
}

bool parse(std::string_view text, std::optional<StoreTime>& time) {
  StoreTime::rep count = 0;
  if (!parse(text, count)) return false;
  time = StoreTime{count};
  return true;
}

bool parse(std::string_view text, StoreTime& time) {
  StoreTime::rep count = 0;
  if (!parse(text, count)) return false;
  time = StoreTime{count};
  return true;
}

std::string_view word(std::string_view& rest) {
  const std::size_t end = std::min(rest.find(' '), rest.size());
  const std::string_view first = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return first;
}

bool set_of_client(Event& event, std::string_view name, std::string_view value) {
  if (name == "client") return event.client = value, true;
  if (name == "name") return event.name = value, true;
  if (name == "place") return event.place = value, true;
  if (name == "verdict") return event.verdict = value, true;
  if (name == "status") return parse(value, event.status);
  if (name == "test") return parse(value, event.test);
  if (name == "tests") return parse(value, event.tests);
  return false;
}

bool set(Event& event, std::string_view name, std::string_view value) {
  if (name == "job") return event.job = value, true;
  if (name == "key") return event.key = value, true;
  if (name == "worker") return event.worker = value, true;
  if (name == "lease") return parse(value, event.lease);
  if (name == "state") return parse_name(kStates, value, event.state);
  if (name == "result") return parse(value, event.result);
  if (name == "attempt") return parse(value, event.attempt);
  if (name == "deaths") return parse(value, event.deaths);
  if (name == "at") return parse(value, event.at);
  if (name == "not_after") return parse(value, event.not_after);
  if (name == "accepted") return parse(value, event.accepted);
  if (name == "ended") return parse(value, event.ended);
  if (name == "open") return parse(value, event.open);
  return set_of_client(event, name, value);
}

}  // namespace

std::string to_line(const Event& event) {
  std::string line = std::to_string(event.time.count());
  line.append(" ").append(kKinds.at(static_cast<std::size_t>(event.kind)));
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) line.append(" ").append(name).append("=").append(value);
  };
  const auto add_number = [&](std::string_view name, auto value) {
    if (value != 0) add(name, std::to_string(value));
  };
  add("job", event.job);
  add("key", event.key);
  add("worker", event.worker);
  add_number("lease", event.lease);
  if (event.state != State::Queued) add("state", kStates.at(static_cast<std::size_t>(event.state)));
  add_number("result", event.result);
  add_number("attempt", event.attempt);
  add_number("deaths", event.deaths);
  if (event.at) add("at", std::to_string(event.at->count()));
  if (event.not_after) add("not_after", std::to_string(event.not_after->count()));
  add_number("accepted", event.accepted);
  add_number("ended", event.ended);
  add_number("open", event.open);
  add("client", event.client);
  add("name", event.name);
  add("place", event.place);
  add("verdict", event.verdict);
  add_number("status", event.status);
  add_number("test", event.test);
  add_number("tests", event.tests);
  return line;
}

std::optional<Event> from_line(std::string_view line) {
  Event event;
  if (!parse(word(line), event.time) || !parse_name(kKinds, word(line), event.kind)) {
    return std::nullopt;
  }
  while (!line.empty()) {
    const std::string_view pair = word(line);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    if (!set(event, pair.substr(0, equals), pair.substr(equals + 1))) return std::nullopt;
  }
  return event;
}

}  // namespace evalx::queue::simulation
