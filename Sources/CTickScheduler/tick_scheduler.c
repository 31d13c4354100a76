// The interface is its header; TickSchedulerC implements it.
