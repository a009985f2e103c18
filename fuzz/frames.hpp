// Frames that are changed as states are that validation knows: another value of its type, another place in a function
// with what stands there, another function.
#pragma once

#include "engine/testing/frame_words.hpp"

namespace detent::fuzz {

using testing::Codes;
using testing::Random;

/// Changes a frame of a state, which need not make sense; or has the embedder hold all of its objects.
void change_frames(ExecutionState& state, const Codes& codes, Random& random);

} // namespace detent::fuzz
