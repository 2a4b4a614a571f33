#pragma once
// Queue: the contract of every store, in the four parts that its four kinds of caller use.
// At-least-once execution, exactly-once publication.

#include "queue/callbacks.hpp"
#include "queue/inbox.hpp"
#include "queue/operations.hpp"
#include "queue/work.hpp"

namespace evalx::queue {

/// A caller takes the part it uses: an API the Inbox, a worker the Work, a sender the Callbacks,
/// operators' commands the Operations. Only the process that opens the store owns a Queue.
class Queue : public Inbox, public Work, public Callbacks, public Operations {
 public:
  [[nodiscard]] const Figures& figures() const override = 0;
};

}  // namespace evalx::queue
