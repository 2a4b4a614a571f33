#pragma once
// ProgramFile: one file of a program, from the client's request to the box it runs in.

#include <string>

namespace evalx {

struct ProgramFile {
  /// Relative to /box, normalised: no "..", no leading "/", no empty part. Folders are made as
  /// needed. May be empty only if the program has one file, which then gets the name that its
  /// language expects.
  std::string path;
  std::string content;      ///< Bytes.
  bool executable = false;  ///< Its mode in the box: 0555 instead of 0444.
};

}  // namespace evalx
