#pragma once
// Verify: checks a record as a store has returned it, and unpacks its result.

#include "queue/inbox.hpp"

namespace evalx::queue {

/// Compares the digests, and unpacks the result. If the result is damaged, or Record::damage is set
/// already, the record becomes that of a Dead job, whose result is a JSON object with the cause.
/// Damage is reported in the log.
void verify(Record& record);

/// {"cause":"the stored WHAT is damaged"}: a result that is no report.
std::string damaged_json(const std::string& what);

}  // namespace evalx::queue
