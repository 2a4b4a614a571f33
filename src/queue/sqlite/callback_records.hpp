#pragma once
// CallbackRecords: reads callbacks for operators, in a thread of its own or from outside.

#include <memory>
#include <string>

#include "queue/callback_listing.hpp"
#include "queue/sqlite/database.hpp"

namespace evalx::queue::sqlite {

/// Used by one thread at a time. Errors are SQLite's, and those named.
class CallbackRecords {
 public:
  static Result<std::unique_ptr<CallbackRecords>> prepare(Database& database);

  /// Errors: check_filter's; invalid_argument for a cursor that is none.
  Result<CallbackListing> list(const CallbackFilter& filter, Clock::WallInstant now);
  /// Errors: NotFound.
  Result<ListedCallback> find(const std::string& token);

 private:
  explicit CallbackRecords(SQLite::Database& db);

  SQLite::Statement waiting_, dead_, find_;
};

}  // namespace evalx::queue::sqlite
