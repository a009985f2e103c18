// Takes a kernel of conformance/kernels in as the function `kernel`, so that a case can choose its arguments, run it
// many times and reset what it left behind. KERNEL is the path.

#include "../../conformance/kernels/kernel.h"

#undef RUN
#define RUN static
#define run kernel
#include KERNEL
#undef run
#undef RUN
#define RUN __attribute__((export_name("run")))
