#!/bin/sh
# What the example's webhook runs once somebody approved it: the delivery's body is on stdin.
echo "Deploying for $SLUICE_EVENT $SLUICE_DELIVERY_ID ($(wc -c) bytes of payload)"
