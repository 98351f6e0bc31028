// What the kernel offers and Swift's Glibc module lacks. Each header has its own source file.
#pragma once

#include "events.h"
