import TickTime
