#pragma once
// Table: rows with aligned columns, for people.

#include <string>
#include <vector>

#include "terminal/terminal.hpp"

namespace evalx::terminal {

struct Cell {
  std::string text;  ///< Foreign bytes are made printable.
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
  /// Lines of at most `width` columns where that leaves the last column some room: only that one
  /// is cut. Nothing is put behind the last word of a line.
  [[nodiscard]] std::string render(const Paint& paint, std::size_t width) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace evalx::terminal
