#pragma once
// Table: rows with aligned columns.

#include <string>
#include <vector>

#include "terminal/terminal.hpp"

namespace evalx::terminal {

struct Cell {
  std::string text;  ///< May contain any bytes: shown through printable().
  Style style = Style::Plain;
};

struct Column {
  enum class Align { Left, Right };
  std::string title;
  Align align = Align::Left;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// One cell per column.
  void add(std::vector<Cell> row);
  /// Cuts the last column so that lines fit into `width` columns, but leaves it at least 24; cuts
  /// all other columns to 48. Lines have no trailing blanks.
  [[nodiscard]] std::string render(const Paint& paint, std::size_t width) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace evalx::terminal
