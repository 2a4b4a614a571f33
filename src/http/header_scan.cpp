#include "http/header_scan.hpp"

namespace evalx::http {

HeaderScan::State HeaderScan::advance(std::string_view bytes) {
  State state = State::More;
  while (state == State::More) {
    const std::size_t feed = bytes.find('\n', seen_);
    if (feed == std::string_view::npos) {
      seen_ = bytes.size();
      break;
    }
    seen_ = feed + 1;
    state = end_line(bytes.substr(line_, seen_ - line_));
    line_ = seen_;
  }
  return state;
}

HeaderScan::State HeaderScan::end_line(std::string_view line) {
  if (!line.ends_with("\r\n")) return State::Malformed;
  if (line.size() == 2) return lines_ == 0 ? State::Malformed : State::Whole;
  const bool continues = line.front() == ' ' || line.front() == '\t';
  if (lines_ > 0 && continues) return State::Malformed;
  if (lines_ > fields_max_) return State::TooMany;
  ++lines_;
  return State::More;
}

}  // namespace evalx::http
