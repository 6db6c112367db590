// Four floats a register: what every 64-bit processor has.
#include "kernels.h"
#define WIDTH 4
#define TABLE kernels_baseline_table
#include "bodies/vectors.h"
#include "bodies/table.h"
