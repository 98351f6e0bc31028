#include <curl/curlver.h>
