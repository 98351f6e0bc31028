#!/bin/sh
# What the example's schedule runs once somebody approved it.
echo "Cleaning up for the fire of $SLUICE_EVENT"
