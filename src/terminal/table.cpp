#include "terminal/table.hpp"

#include <algorithm>
#include <limits>

#include "base/assert.hpp"

namespace evalx::terminal {
namespace {

constexpr std::size_t kGap = 2;
/// Widest column, except for the last.
constexpr std::size_t kMaxColumn = 48;
/// The last column is cut to the width of the terminal, but not below this.
constexpr std::size_t kLeastLast = 24;

std::string aligned(const Cell& cell, Column::Align align, std::size_t width, const Paint& paint) {
  const std::string text = printable(cell.text, width);
  const std::string blanks(width - std::min(width, display_width(text)), ' ');
  const std::string painted = paint(cell.style, text);
  return align == Column::Align::Left ? painted + blanks : blanks + painted;
}

std::string without_trailing_blanks(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

}  // namespace

void Table::add(std::vector<Cell> row) {
  EVALX_ASSERT(row.size() == columns_.size());
  rows_.push_back(std::move(row));
}

std::string Table::render(const Paint& paint, std::size_t width) const {
  std::vector<std::size_t> widths;
  std::size_t left = width;
  for (std::size_t i = 0; i + 1 < columns_.size(); ++i) {
    std::size_t most = display_width(columns_[i].title);
    for (const auto& row : rows_) {
      most = std::max(most, display_width(printable(row[i].text, kMaxColumn)));
    }
    widths.push_back(most);
    left -= std::min(left, most + kGap);
  }
  widths.push_back(std::max(left, kLeastLast));

  const auto line_of = [&](const std::vector<Cell>& row) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) line.append(kGap, ' ');
      const bool is_last = i + 1 == row.size() && columns_[i].align == Column::Align::Left;
      line += is_last ? paint(row[i].style, printable(row[i].text, widths[i]))
                      : aligned(row[i], columns_[i].align, widths[i], paint);
    }
    return without_trailing_blanks(std::move(line));
  };

  std::vector<Cell> titles;
  for (const Column& column : columns_) titles.push_back({column.title, Style::Bold});
  std::string text = line_of(titles);
  for (const auto& row : rows_) text += line_of(row);
  return text;
}

}  // namespace evalx::terminal
