print("tickrun")
