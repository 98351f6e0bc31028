// What the kernel offers and Swift's Glibc module lacks. Each header has its own source file.
#pragma once

#include "child.h"
#include "events.h"
