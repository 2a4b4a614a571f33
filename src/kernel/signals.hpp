#pragma once
// Signals: what a process inherited from its parent about signals, and programs would inherit from
// it (signal(7)).

namespace evalx::kernel {

/// Blocks no signal any more, and gives SIGCHLD its default action: while it is ignored, no process
/// can wait for its children. Call it before the first thread is started.
void accept_signals() noexcept;

/// The same, and gives every signal its default action.
void reset_signals() noexcept;

}  // namespace evalx::kernel
